import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('samskap_booking', '0008_turnover'),
    ]

    operations = [
        migrations.CreateModel(
            name='FollowedNews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('subject', models.BigIntegerField()),
                ('revision', models.CharField(blank=True, max_length=60)),
                ('back', models.BooleanField(default=False)),
                ('urgent', models.BooleanField(default=False)),
                ('starts', models.DateTimeField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='booking_followed_news_at')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'subject', 'revision', 'back'), name='booking_followed_news_once')],
            },
        ),
        migrations.CreateModel(
            name='Follower',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_sealed', models.TextField(blank=True)),
                ('address_hash', models.CharField(blank=True, db_index=True, max_length=64)),
                ('key_id', models.CharField(max_length=16)),
                ('language', models.CharField(default='nb', max_length=5)),
                ('created_at', models.DateTimeField()),
                ('page_hash', models.CharField(max_length=64, unique=True)),
                ('page_sealed', models.TextField()),
                ('stop_hash', models.CharField(max_length=64, unique=True)),
                ('stop_sealed', models.TextField()),
                ('seen_on', models.DateField()),
                ('week_told', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'follower',
                'verbose_name_plural': 'followers',
                'constraints': [models.UniqueConstraint(condition=models.Q(('address_hash', ''), _negated=True), fields=('address_hash',), name='booking_follower_address_once'), models.CheckConstraint(condition=models.Q(models.Q(('address_hash', ''), ('address_sealed', '')), models.Q(models.Q(('address_hash', ''), _negated=True), models.Q(('address_sealed', ''), _negated=True)), _connector='OR'), name='booking_follower_address_whole')],
            },
        ),
        migrations.CreateModel(
            name='Follow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('muted', models.BooleanField(default=False)),
                ('created_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='samskap_booking.organisation')),
                ('resource', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='samskap_booking.resource')),
                ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='follows', to='samskap_booking.follower')),
            ],
            options={
                'verbose_name': 'followed place',
                'verbose_name_plural': 'followed places',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('organisation__isnull', False), ('resource__isnull', True)), models.Q(('organisation__isnull', True), ('resource__isnull', False)), _connector='OR'), name='booking_follow_one_target'), models.UniqueConstraint(fields=('follower', 'resource'), name='booking_follow_resource_once'), models.UniqueConstraint(fields=('follower', 'organisation'), name='booking_follow_organisation_once')],
            },
        ),
        migrations.CreateModel(
            name='FollowerChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('when', models.CharField(choices=[('at_once', 'At once'), ('evening', 'In a summary in the evening'), ('weekly', 'On Sunday, for the coming week'), ('page', 'Only on my page')], max_length=10)),
                ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='choices', to='samskap_booking.follower')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('follower', 'kind'), name='booking_follower_choice_once'), models.CheckConstraint(condition=models.Q(('when__in', ['at_once', 'evening', 'weekly', 'page'])), name='booking_follower_choice_when')],
            },
        ),
        migrations.CreateModel(
            name='FollowerWord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('token', models.CharField(max_length=64)),
                ('created_at', models.DateTimeField()),
                ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='words', to='samskap_booking.follower')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('follower', 'token'), name='booking_follower_word_once')],
            },
        ),
        migrations.CreateModel(
            name='FollowNotice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('follower', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='samskap_booking.follower')),
                ('news', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='samskap_booking.followednews')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False), ('told_at__isnull', True)), fields=['due_at'], name='booking_follow_notice_due')],
                'constraints': [models.UniqueConstraint(fields=('news', 'follower'), name='booking_follow_notice_once'), models.CheckConstraint(condition=models.Q(('told_at__isnull', True), ('due_at__isnull', False), _connector='OR'), name='booking_follow_notice_told_was_due')],
            },
        ),
        migrations.CreateModel(
            name='PendingFollow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address_sealed', models.TextField(blank=True)),
                ('address_hash', models.CharField(blank=True, db_index=True, max_length=64)),
                ('key_id', models.CharField(max_length=16)),
                ('language', models.CharField(default='nb', max_length=5)),
                ('created_at', models.DateTimeField()),
                ('token_hash', models.CharField(max_length=64, unique=True)),
                ('token_sealed', models.TextField()),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='samskap_booking.organisation')),
                ('resource', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='samskap_booking.resource')),
            ],
            options={
                'verbose_name': 'follower to be confirmed',
                'verbose_name_plural': 'followers to be confirmed',
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('organisation__isnull', False), ('resource__isnull', True)), models.Q(('organisation__isnull', True), ('resource__isnull', False)), _connector='OR'), name='booking_pending_follow_one_target'), models.CheckConstraint(condition=models.Q(models.Q(('address_hash', ''), _negated=True), models.Q(('address_sealed', ''), _negated=True)), name='booking_pending_follow_address')],
            },
        ),
    ]
